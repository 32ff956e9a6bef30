/** What travels between console and ingress, under the console's names. */
import type { Schemas, Told, With } from '../shared/told';

export type Status = 'draft' | 'upcoming' | 'active' | 'paused' | 'ended' | 'stopped';
export type Cut = Schemas['Cut'];
export type Discount = Schemas['Discount'];
export type Role = Schemas['Role'];
export type Right = Schemas['Right'];
export type Gateway = Schemas['Gateway'];
export type GatewayList = Schemas['GatewayList'];
export type Participation = Schemas['Participation'];
export type ParticipationList = Schemas['ParticipationList'];
export type MachineCheck = Schemas['MachineCheck'];
export type MachineCheckList = Schemas['MachineCheckList'];

export type EventSummary = With<Schemas['EventSummary'], { status: Status }>;
export type EventList = With<Schemas['EventList'], { events: EventSummary[] }>;

/** Whoever writes a sale may leave out what has a default; whoever reads one finds all of it. */
type Item = With<Schemas['ItemSpec'], { discount: Discount }>;
export type Asked = Schemas['Asked'];
export type BuyerFields = With<Required<Schemas['BuyerFields']>, { questions: Required<Schemas['BuyerQuestion']>[] }>;
export type EventSpec = With<
  Required<Omit<Schemas['EventSpec'], 'access_codes' | 'time_zone'>> & Pick<Schemas['EventSpec'], 'time_zone'>,
  { items: Item[]; access_codes?: Schemas['AccessCodeSpec'][]; buyer_fields: BuyerFields }
>;
export type SaleEvent = With<Schemas['EventView'], { status: Status }> & Omit<EventSpec, 'access_codes'>;

export type Editing = Told<'Editing'>;

export type Series = Schemas['SeriesView'];
export type SeriesList = Schemas['SeriesList'];
export type Invited = Pick<Schemas['InvitedView'], 'invited_by_address' | 'invited_as_customer'>;

export type Holders = Told<'Holders'>;
export type Aside = Partial<Told<'Aside'>>;

export type Product = Schemas['ProductView'];
export type ProductList = Schemas['ProductList'];
/** Whatever is left out is not said. */
export type LookTexts = Partial<Told<'Texts'>>;
export type Look = Partial<Omit<Told<'Look'>, 'texts'>> & { texts?: Partial<Record<'en' | 'de' | 'zh' | 'ar', LookTexts>> };
export type LookView = With<Schemas['LookView'], { look: Look }>;
export type Colours = Schemas['ColoursView'];
export type Uploaded = Schemas['PictureView'];
export type Imported = Schemas['ImportView'];
export type CurrencyList = Schemas['CurrencyList'];

type LobbyFigures = With<Told<'LobbyFigures'>, { waits_for?: 'sealing' | 'beacon' }>;
export type Figures = With<Told<'Figures'>, { status: Status; lobby?: LobbyFigures }>;
export type Mark = Told<'Mark'>;
export type History = With<Told<'History'>, { marks: Mark[] }>;
export type ReplayPart = Told<'Replay'>;
export type Frame = Told<'Frame'>;
export type Decision = Told<'Decision'>;
export type Report = With<Told<'Report'>, { status: Status }>;
export type Order = Schemas['AdminOrder'];
export type OrderBuyer = Told<'OrderBuyer'>;
export type DeletedBuyers = Schemas['DeletedBuyers'];
export type RefundList = Told<'RefundList'>;
export type OrderPage = Schemas['OrderPage'];
export type TimelineEntry = Told<'TimelineEntry'>;
export type OrderDetail = With<Schemas['OrderDetail'], { timeline: TimelineEntry[] }>;
export type Refund = Told<'RefundView'>;
export type AuditEntry = With<Told<'AuditEntry'>, { detail: Record<string, unknown> }>;
export type AuditPage = With<Schemas['AuditPage'], { entries: AuditEntry[] }>;
export type Me = Schemas['Me'];
export type Person = Told<'PersonView'>;
export type PeopleList = { people: Person[] };
export type InvitedPerson = Told<'InvitedPerson'>;
export type NewLink = Schemas['NewLink'];
export type JoinView = Schemas['JoinView'];
export type Joined = Schemas['Joined'];
export type FactorView = Schemas['FactorView'];
export type RecoveryCodes = Schemas['RecoveryCodes'];
export type Token = With<Told<'TokenView'>, { role: Role }>;
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

export type ProcessHealth = Schemas['ProcessHealth'];
type Line = With<Schemas['LineHealth'], { status: Status }>;
export type Health = With<Schemas['Health'], { lines: Line[] }>;
