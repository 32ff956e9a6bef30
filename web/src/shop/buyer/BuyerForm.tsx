import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isolate } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { Problem } from '../../shared/api';
import { latin } from '../pay/card';
import type { Buyer, BuyerDetails, BuyerFields } from '../types';
import { countries, needsPostalCode } from './countries';

const text = words.buyer;

export interface BuyerFormProps {
  fields: BuyerFields;
  /** What was given before. */
  known: Buyer;
  /** The reservation is about to be given up. */
  isBusy: boolean;
  /** @throws {Problem} when it is not taken. */
  give: (details: BuyerDetails, form: HTMLFormElement) => Promise<void>;
  /** In place of what is said of it once something is reserved. */
  lead?: string;
  label?: string;
  heading?: 'h2' | 'h3';
  /** What else is asked for. */
  children?: ComponentChildren;
}

/** What the sale asks for to send the goods. What is wrong with it the server says, of each field, by a word. */
export function BuyerForm({ fields, known, isBusy, give, lead = text.why, label = text.goOn, heading: Heading = 'h3', children }: BuyerFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState('');
  const [isSending, setSending] = useState(false);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [wrong]);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isSending || !form.current) return;
    setSending(true);
    setWrong({});
    setProblem('');
    try {
      await give(detailsIn(form.current, fields), form.current);
      setSending(false);
    } catch (error) {
      const { errors } = Problem.of(error);
      const said = errors.flatMap(({ field, reason }) => placesOf(field).map((place) => [place, text.flaws[reason] ?? text.flawed]));
      setWrong(Object.fromEntries(said));
      if (errors.length === 0) setProblem(text.notSaved);
      setSending(false);
    }
  };
  const field = (name: string, label: string, asked: string | undefined, input: Omit<FieldProps, 'name' | 'label' | 'wrong' | 'isNeeded'>) =>
    asked &&
    asked !== 'off' && (
      <Field
        name={name}
        label={asked === 'optional' ? text.optional(label) : label}
        isNeeded={asked === 'required'}
        wrong={wrong[name]}
        {...input}
      />
    );
  const { address: at } = known;
  const [country, setCountry] = useState(at?.country ?? '');
  const isNeeded = fields.address === 'required';
  const needed = isNeeded ? 'required' : 'asked';
  return (
    <form ref={form} class="fields long" noValidate onSubmit={(event) => void submit(event)}>
      <Heading>{text.title}</Heading>
      <p class="soft">{lead}</p>
      {children}
      {field('name', text.name, fields.name, { value: known.name, autocomplete: 'name' })}
      {field('email', text.email, fields.email, { value: known.email, hint: text.receipt, type: 'email', autocomplete: 'email', lengthMax: 254 })}
      {field('phone', text.phone, fields.phone, { value: known.phone, type: 'tel', autocomplete: 'tel', lengthMax: 40 })}
      {fields.address && fields.address !== 'off' && (
        <fieldset class="fields">
          <legend>{isNeeded ? text.address : text.optional(text.address)}</legend>
          {field('address.line1', text.line1, needed, { value: at?.line1, autocomplete: 'shipping address-line1' })}
          {field('address.line2', text.line2, 'optional', { value: at?.line2, autocomplete: 'shipping address-line2' })}
          <div class="pair">
            {field('address.postal_code', text.postalCode, !country ? 'asked' : needsPostalCode(country) ? needed : 'optional', { value: at?.postal_code, autocomplete: 'shipping postal-code' })}
            {field('address.city', text.city, needed, { value: at?.city, autocomplete: 'shipping address-level2' })}
          </div>
          {field('address.region', text.region, 'optional', { value: at?.region, autocomplete: 'shipping address-level1' })}
          {field('address.country', text.country, needed, { value: at?.country, autocomplete: 'shipping country', options: countries(), choose: setCountry })}
        </fieldset>
      )}
      {fields.questions?.map(({ text: question, required }, number) => (
        <div key={number}>
          {field(`answers[${number}]`, isolate(question), required ? 'required' : 'optional', {
            value: known.answers?.[number], autocomplete: 'off', lengthMax: 500,
          })}
        </div>
      ))}
      {problem && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <button class="primary" type="submit" disabled={isBusy || isSending}>
        {isSending ? words.oneMoment : label}
      </button>
    </form>
  );
}

/** Of an address that is missing, what no address is without. */
const placesOf = (field: string): string[] =>
  field === 'address' ? ['address.line1', 'address.city', 'address.country'] : [field];

/** What is in the form. What is empty is not given. */
function detailsIn(form: HTMLFormElement, fields: BuyerFields): BuyerDetails {
  const entered = new FormData(form);
  const value = (name: string): string => String(entered.get(name) ?? '').trim();
  const parts = ADDRESS.map((part) => [part, part === 'postal_code' ? latin(value(`address.${part}`)) : value(`address.${part}`)] as const);
  const address = Object.fromEntries(parts.filter(([, value]) => value));
  const answers = (fields.questions ?? []).map((_, number) => value(`answers[${number}]`));
  return {
    name: value('name'),
    email: value('email'),
    phone: latin(value('phone')),
    ...(Object.keys(address).length > 0 && { address }),
    ...(answers.length > 0 && { answers }),
  };
}

const ADDRESS = ['line1', 'line2', 'postal_code', 'city', 'region', 'country'] as const;

interface FieldProps {
  name: string;
  label: string;
  isNeeded: boolean;
  value: string | undefined;
  wrong: string | undefined;
  autocomplete: string;
  type?: 'text' | 'email' | 'tel';
  lengthMax?: number;
  hint?: string;
  /** To choose from. */
  options?: [value: string, name: string][];
  choose?: (value: string) => void;
}

function Field({ name, label, isNeeded, value = '', wrong, autocomplete, type = 'text', lengthMax = 200, hint, options, choose }: FieldProps) {
  const said = `${name}-wrong`;
  const common = {
    name,
    autocomplete,
    'aria-required': isNeeded,
    'aria-invalid': wrong !== undefined,
    'aria-describedby': wrong ? said : hint ? `${name}-hint` : undefined,
  };
  return (
    <label>
      {label}
      {options ? (
        <select {...common} onChange={(change) => choose?.(change.currentTarget.value)}>
          <option value="">{text.choose}</option>
          {options.map(([code, name]) => (
            <option key={code} value={code} selected={code === value}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        // An address or a number reads from left to right in every language.
        <input {...common} type={type} defaultValue={value} maxLength={lengthMax} dir={type === 'text' ? 'auto' : 'ltr'} />
      )}
      {hint && (
        <small id={`${name}-hint`} class="soft">
          {hint}
        </small>
      )}
      {wrong && (
        <small id={said} class="wrong">
          {wrong}
        </small>
      )}
    </label>
  );
}
