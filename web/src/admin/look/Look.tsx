import { useState } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { language as own, number } from '../../i18n/locale';
import { words } from '../../i18n/look';
import { Problem } from '../../shared/api';
import { AreaField, Choice, Field, Group } from '../fields';
import { useAction, useLoad } from '../hooks';
import { Title, Trouble } from '../parts';
import { PictureField } from '../products/PictureField';
import { refusedOf, type Refused } from '../refused';
import { ask, may, replace } from '../session';
import type { LookView } from '../types';
import { ColourFields } from './ColourFields';
import { draftOf, LANGUAGES, lookOf, TEXTS, wrongIn, type Draft, type Language, type TextName } from './draft';
import './look.css';
import { Preview } from './Preview';
import { useColours } from './useColours';

/** What shoppers see of whose shop it is: name, logo, colour, texts; and what the pages look like with it. */
export function Look() {
  const { value, problem, look } = useLoad(() => ask<LookView>('/look'), []);
  return (
    <>
      <Title text={admin.places.look} />
      <Trouble text={problem} />
      <p>{words.hint}</p>
      {value && <Form key={value.version} view={value} again={() => void look()} />}
    </>
  );
}

function Form({ view, again }: { view: LookView; again: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(view.look));
  const [reader, setReader] = useState<Language>(() => own);
  const [refused, setRefused] = useState<Refused>({});
  const [saved, setSaved] = useState(false);
  const [isStale, setStale] = useState(false);
  const [version, setVersion] = useState(view.version);
  const [isUploading, setUploading] = useState(false);
  const { busy, problem, act } = useAction();
  const colours = useColours(draft.accent, draft.dark);
  const put = (part: Partial<Draft>): void => {
    setSaved(false);
    setDraft((draft) => ({ ...draft, ...part }));
  };
  const say = (name: TextName, text: string): void => put({ texts: { ...draft.texts, [reader]: { ...draft.texts[reader], [name]: text } } });
  const send = async (): Promise<void> => {
    setRefused({});
    setSaved(false);
    try {
      const { version: next } = await replace<LookView>('/look', lookOf(draft), version);
      setVersion(next);
      setSaved(true);
    } catch (error) {
      const { kind, detail } = Problem.of(error);
      if (kind === 'stale') setStale(true);
      if (kind === 'invalid') {
        const why = refusedOf(detail);
        setRefused(why);
        const other = LANGUAGES.find((one) => Object.keys(why).some((field) => field.startsWith(`texts.${one}.`)));
        if (other) setReader(other);
      }
      throw error;
    }
  };
  const wrong = (name: TextName | 'name', text: string): string | undefined => {
    const why = wrongIn(name, text);
    return typeof why === 'number' ? words.tooLong(number(why)) : why && words[why];
  };
  // A text of a language that is not shown would keep the form from being sent without a word.
  const elsewhere = LANGUAGES.find((one) => one !== reader && TEXTS.some((name) => wrongIn(name, draft.texts[one][name]) !== undefined));
  const isUnreadable = colours !== undefined && !(colours.light.readable && colours.dark.readable);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (elsewhere) return setReader(elsewhere);
    void act(send);
  };
  const texts = draft.texts[reader];
  return (
    <div class="look">
      <form class="fields" onSubmit={submit}>
        <Trouble text={isStale ? words.stale : problem} />
        {isStale && (
          <button type="button" onClick={again}>
            {words.readAgain}
          </button>
        )}
        <Field label={words.name} value={draft.name} set={(name) => put({ name })} hint={words.nameHint} problem={wrong('name', draft.name)} refused={refused['name']} />
        <PictureField value={draft.logo} set={(logo) => put({ logo })} setBusy={setUploading} refused={refused['logo_url']} only={{ title: words.logo, hint: words.logoHint }} />
        <ColourFields draft={draft} colours={colours} put={put} refused={refused} />
        <Group title={words.texts}>
          <div class="fields">
            <Choice label={words.defaultLanguage} value={draft.language} set={(language) => put({ language })} options={words.languages} hint={words.defaultHint} />
            <Choice label={words.editing} value={reader} set={setReader} options={words.languages} />
            {TEXTS.map((name) => {
              const field = {
                label: words.fields[name],
                value: texts[name],
                set: (text: string) => say(name, text),
                hint: !texts[name].trim() && reader !== draft.language && draft.texts[draft.language][name].trim() ? words.fallsBack : words.hints[name],
                refused: refused[`texts.${reader}.${name}`],
              };
              const problem = wrong(name, texts[name]);
              return name === 'seller' ? <AreaField key={name} {...field} refused={problem ?? field.refused} /> : <Field key={name} {...field} problem={problem} />;
            })}
          </div>
        </Group>
        <p role="status" class={saved ? 'notice good' : 'hidden-but-read'}>
          {saved && words.saved}
        </p>
        {may('run') && (
          <button class="primary" type="submit" disabled={busy || isUploading || isUnreadable || isStale || wrong('seller', texts.seller) !== undefined}>
            {words.save}
          </button>
        )}
      </form>
      <aside aria-label={words.preview}>
        <Preview draft={draft} reader={reader} colours={colours} />
      </aside>
    </div>
  );
}
