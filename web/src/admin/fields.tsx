/** Labelled inputs of the forms. */
import type { ComponentChildren } from 'preact';

interface FieldProps {
  label: string;
  value: string;
  set: (value: string) => void;
  type?: 'text' | 'number' | 'datetime-local';
  required?: boolean;
  min?: number;
  step?: string;
  hint?: string;
}

export function Field({ label, value, set, type = 'text', required = false, min, step, hint }: FieldProps) {
  return (
    <label>
      {label}
      <input
        type={type}
        value={value}
        required={required}
        min={min}
        step={step}
        onInput={(input) => set(input.currentTarget.value)}
      />
      {hint && <small>{hint}</small>}
    </label>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  set: (value: T) => void;
  options: readonly (readonly [T, string])[];
}

export function Choice<T extends string>({ label, value, set, options }: ChoiceProps<T>) {
  return (
    <label>
      {label}
      <select value={value} onChange={(change) => set(change.currentTarget.value as T)}>
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="card">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
