import { words } from '../i18n/shop';

interface Props {
  /** As it was typed: it may be no number, or too many. */
  value: string;
  most: number;
  /** The id of what says how many may be had. */
  limits: string;
  change: (value: string) => void;
}

/** How many: one more, one fewer, or typed. */
export function Stepper({ value, most, limits, change }: Props) {
  const count = Number(value) || 0;
  const to = (next: number): void => change(String(Math.min(most, Math.max(1, next))));
  return (
    <div class="stepper">
      {/* A button that cannot be pressed any more keeps the focus. */}
      <button type="button" aria-label={words.fewer} aria-disabled={count <= 1} onClick={() => to(count - 1)}>
        −
      </button>
      <input
        id="quantity"
        name="quantity"
        type="number"
        inputMode="numeric"
        min="1"
        max={most}
        required
        value={value}
        aria-label={words.quantity}
        aria-describedby={limits}
        onInput={(input) => change(input.currentTarget.value)}
        onBlur={() => to(count)}
      />
      <button type="button" aria-label={words.more} aria-disabled={count >= most} onClick={() => to(count + 1)}>
        +
      </button>
    </div>
  );
}
