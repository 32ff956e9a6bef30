/** A sound and a changed title when there is news, for those who look elsewhere. Can be turned off. */

const KEY = 'flashline.quiet';
let audio: AudioContext | undefined;

export const isQuiet = (): boolean => localStorage.getItem(KEY) === 'yes';

export function setQuiet(quiet: boolean): void {
  if (quiet) localStorage.setItem(KEY, 'yes');
  else localStorage.removeItem(KEY);
}

/** Browsers let a page make sounds only after a click: called from one. */
export function prepare(): void {
  audio ??= 'AudioContext' in window ? new AudioContext() : undefined;
  void audio?.resume();
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
