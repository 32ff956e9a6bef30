import { useId, useRef, useState } from 'preact/hooks';
import { percent } from '../../i18n/locale';
import { words } from '../../i18n/products';
import { Field } from '../fields';
import { why } from '../why';
import { Thumbnail } from './Thumbnail';
import { BYTES_MAX, upload } from './upload';

interface PictureProps {
  /** The address of the picture; empty where there is none. */
  value: string;
  set: (url: string) => void;
  /** Whether one is on its way: what is saved meanwhile would be without it. */
  setBusy: (isBusy: boolean) => void;
  refused?: string | undefined;
  /** Where only an upload will do: what it is of, and what is taken. */
  only?: { title: string; hint: string };
}

/** A picture: chosen or dropped as a file, or named by its address. */
export function PictureField({ value, set, setBusy, refused, only }: PictureProps) {
  const [share, setShare] = useState<number>();
  const [problem, setProblem] = useState('');
  const [isUploaded, setUploaded] = useState(false);
  const [isOver, setOver] = useState(false);
  const [said, input] = [useId(), useRef<HTMLInputElement>(null)];
  const busy = share !== undefined;
  const take = async (file: File | undefined): Promise<void> => {
    if (!file || busy) return;
    setUploaded(false);
    if (file.size > BYTES_MAX) return setProblem(words.tooLarge);
    setProblem('');
    setShare(0);
    setBusy(true);
    try {
      set(await upload(file, setShare));
      setUploaded(true);
    } catch (error) {
      setProblem(why(error));
    } finally {
      setShare(undefined);
      setBusy(false);
      if (input.current) input.current.value = ''; // the same file again is a new try
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer?.files[0]);
  };
  return (
    <fieldset class={isOver ? 'card over' : 'card'} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={() => setOver(false)} onDrop={drop}>
      <legend>{only?.title ?? words.picture}</legend>
      <div class="picture-now">
        <Thumbnail src={value} />
        {value && (
          <button type="button" disabled={busy} onClick={() => (set(''), setUploaded(false))}>
            {words.removePicture}
          </button>
        )}
      </div>
      <div class="field">
        <label>
          {words.pictureFile}
          <input
            ref={input}
            type="file"
            accept="image/png,image/jpeg,image/webp"
            disabled={busy}
            aria-invalid={problem ? true : undefined}
            aria-describedby={said}
            onChange={(change) => void take(change.currentTarget.files?.[0])}
          />
        </label>
        <small id={said} class={problem ? 'bad' : undefined} role="status">
          {problem || (busy ? (share < 1 ? words.uploading(percent(Math.round(share * 100) * 100)) : words.processing) : isUploaded ? (only ? '' : words.uploaded) : (only?.hint ?? words.pictureHint))}
        </small>
        {busy && <progress max={1} value={share} aria-label={words.pictureFile} />}
      </div>
      {only ?
        refused && <small class="bad">{refused}</small>
      : <Field label={words.pictureAddress} value={value} set={(url) => (set(url), setUploaded(false))} hint={words.pictureAddressHint} refused={refused} />}
    </fieldset>
  );
}
