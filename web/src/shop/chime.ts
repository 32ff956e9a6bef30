/** A sound when there is news, for those who look elsewhere. Can be turned off. */
import { read, write } from '../shared/storage';

const KEY = 'flashline.quiet';
const GESTURES = ['pointerdown', 'keydown'] as const;
let audio: AudioContext | undefined;
let changed: () => void = () => undefined;

export const isQuiet = (): boolean => read(KEY) === 'yes';
export const setQuiet = (quiet: boolean): void => write(KEY, quiet ? 'yes' : undefined);

/** Whether the browser lets this page make sounds: only after a click or a key, and anew after each reload. */
export const isReady = (): boolean => audio?.state === 'running';

/** Gets ready at the next click or key, and says when it is. */
export function getReady(tell: () => void): () => void {
  changed = tell;
  if (!('AudioContext' in window)) return () => undefined;
  const prepare = (): void => {
    if (audio) void audio.resume();
    else {
      audio = new AudioContext();
      // Also when the browser takes it away again, as phones do.
      audio.onstatechange = () => changed();
    }
  };
  GESTURES.forEach((gesture) => addEventListener(gesture, prepare));
  return () => GESTURES.forEach((gesture) => removeEventListener(gesture, prepare));
}

export function ring(): void {
  if (isQuiet() || !audio) return;
  const start = audio.currentTime;
  for (const [index, pitch] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = start + index * 0.18;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.15, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.17);
  }
}
