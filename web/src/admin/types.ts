/** What travels between console and ingress, under the console's names. */
import type { Schemas, Told, With } from '../shared/told';

export type Status = 'draft' | 'upcoming' | 'active' | 'paused' | 'ended' | 'stopped';
export type Cut = Schemas['Cut'];
export type Discount = Schemas['Discount'];
export type Role = Schemas['Role'];
export type Gateway = Schemas['Gateway'];
export type GatewayList = Schemas['GatewayList'];

export type EventSummary = With<Schemas['EventSummary'], { status: Status }>;
export type EventList = With<Schemas['EventList'], { events: EventSummary[] }>;

/** Whoever writes a sale may leave out what has a default; whoever reads one finds all of it. */
type Item = With<Schemas['ItemSpec'], { discount: Discount }>;
export type EventSpec = With<Required<Omit<Schemas['EventSpec'], 'access_codes'>>, { items: Item[]; access_codes?: string[] }>;
export type SaleEvent = With<Schemas['EventView'], { status: Status }> & Omit<EventSpec, 'access_codes'>;

export type Product = Schemas['ProductView'];
export type ProductList = Schemas['ProductList'];
export type CurrencyList = Schemas['CurrencyList'];

export type Figures = With<Told<'Figures'>, { status: Status }>;
export type Order = Schemas['AdminOrder'];
export type RefundList = Told<'RefundList'>;
export type OrderPage = Schemas['OrderPage'];
export type AuditEntry = With<Schemas['AuditEntry'], { detail: Record<string, unknown> }>;
export type AuditPage = With<Schemas['AuditPage'], { entries: AuditEntry[] }>;
export type Me = Schemas['Me'];
export type Token = With<Schemas['TokenView'], { role: Role }>;
export type TokenList = With<Schemas['TokenList'], { tokens: Token[] }>;
export type NewToken = Told<'NewToken'>;
export type NoticeType = Schemas['NoticeType'];
export type Endpoint = Told<'EndpointView'>;
export type EndpointList = With<Schemas['EndpointList'], { endpoints: Endpoint[] }>;
export type NewEndpoint = Told<'NewEndpoint'>;
export type NewSecretAnswer = Told<'NewSecret'>;
export type Delivery = Told<'DeliveryView'>;
export type DeliveryPage = With<Schemas['DeliveryPage'], { deliveries: Delivery[] }>;
export type DeliveryDetail = Told<'DeliveryDetail'>;
export type Resent = Schemas['Resent'];

type Line = With<Schemas['LineHealth'], { status: Status }>;
export type Health = With<Schemas['Health'], { lines: Line[] }>;
