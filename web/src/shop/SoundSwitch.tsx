import { useEffect, useReducer } from 'preact/hooks';
import { words } from '../i18n/shop';
import { getReady, isQuiet, isReady, setQuiet } from './chime';

export function SoundSwitch() {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => getReady(() => again(0)), []);
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={!isQuiet()}
        onChange={(change) => {
          setQuiet(!change.currentTarget.checked);
          again(0);
        }}
      />
      <span>
        {words.soundOn}
        {!isQuiet() && !isReady() && <small class="soft">{words.soundLater}</small>}
      </span>
    </label>
  );
}
