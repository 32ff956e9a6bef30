/** Tries what buying here needs, on this device, now. Each line says what was found, and what to do about it. */
import './before.css';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/before';
import { number, roughly } from '../../i18n/locale';
import type { Sale } from '../types';
import { checksOf, type Found } from './checks';

interface Line {
  name: string;
  /** Nothing, while it is being tried. */
  found?: Found;
}

export function DeviceCheck({ sale }: { sale: Sale }) {
  const [lines, setLines] = useState<Line[]>([]);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isLeft = false;
    const run = async (): Promise<void> => {
      const done: Line[] = [];
      // One after the other: each has the device and the line to itself.
      for (const [name, check] of checksOf(sale)) {
        setLines([...done, { name }]);
        const found = await check();
        if (isLeft) return;
        done.push({ name, found });
      }
      setLines(done);
    };
    void run();
    return () => void (isLeft = true);
  }, [turn]);
  const isDone = lines.length > 0 && lines.every(({ found }) => found);
  const wrong = lines.filter(({ found }) => found?.how === 'warn' || found?.how === 'bad').length;
  return (
    <div class="opened">
      <ul class="checks">
        {lines.map(({ name, found }) => (
          <li key={name} data-check={name} data-how={found?.how ?? 'running'}>
            <strong>{words.checks[name]}</strong>
            <span>{found ? said(found) : words.running}</span>
          </li>
        ))}
      </ul>
      <p role="status">{isDone && (wrong === 0 ? words.allGood : words.someWrong(number(wrong)))}</p>
      <button type="button" disabled={!isDone} onClick={() => setTurn((turn) => turn + 1)}>
        {words.again}
      </button>
    </div>
  );
}

/** The sentence of what was found. */
const said = ({ word, ms }: Found): string => {
  const sentence = words.found[word];
  if (typeof sentence === 'string') return sentence;
  return sentence(ms === undefined ? '' : ms < 1_000 ? words.milliseconds(number(Math.round(ms))) : roughly(ms));
};
