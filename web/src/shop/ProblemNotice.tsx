import { words } from '../i18n/shop';

export function ProblemNotice({ problem }: { problem: { kind: string } }) {
  return (
    <p class="notice bad" role="alert">
      {words.problems[problem.kind] ?? words.problem}
    </p>
  );
}
