/** Where the code of an app is typed; browsers and password managers fill it in. */
export function CodeInput({ label }: { label: string }) {
  return (
    <label>
      {label}
      <input name="code" type="text" autocomplete="one-time-code" autocapitalize="none" spellcheck={false} maxLength={64} required />
    </label>
  );
}
