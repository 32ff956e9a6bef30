/**
 * Carries what a shopper wants to the door until it is answered, however often that takes. Its key makes every try the
 * same request, so it may also be sent by another tab, or again after a reload.
 */
import { Problem } from '../shared/api';
import { within } from './jitter';
import type { Errand } from './rules/effects';
import type { Carried } from './rules/events';
import { around, pauseAfter } from './rules/pause';
import type { LetIn } from './types';

export class Courier {
  private readonly errands = new Map<string, Errand>();

  constructor(
    private readonly deliver: (errand: Errand) => Promise<LetIn | undefined>,
    private readonly tell: (news: Carried) => void,
  ) {}

  /** What is under way already is not sent beside itself. */
  async carry(errand: Errand): Promise<void> {
    if (this.errands.has(errand.key)) return;
    this.errands.set(errand.key, errand);
    for (let tries = 0; this.carries(errand); tries += 1) {
      const news = await this.attempt(errand);
      if (!this.carries(errand)) return;
      if (news.type !== 'delayed') this.errands.delete(errand.key);
      this.tell(news);
      if (news.type === 'delayed') await this.pause(tries, news.problem);
    }
  }

  /** Nobody waits any more for what goes by this key, or for anything. What has left may still arrive. */
  recall(key?: string): void {
    if (key === undefined) this.errands.clear();
    else this.errands.delete(key);
  }

  private carries(errand: Errand): boolean {
    return this.errands.get(errand.key) === errand;
  }

  private async attempt(errand: Errand): Promise<Exclude<Carried, { type: 'delayed' }> | Delayed> {
    try {
      return { type: 'answered', errand, letIn: await this.deliver(errand) };
    } catch (error) {
      const problem = Problem.of(error);
      // What is no answer of the door would fail in the same way again.
      return error instanceof Problem && problem.isPassing
        ? { type: 'delayed', errand, problem }
        : { type: 'refused', errand, problem };
    }
  }

  private pause(tries: number, { retryAfterMs }: Problem): Promise<void> {
    const span = retryAfterMs === undefined ? pauseAfter(tries) : around(retryAfterMs);
    return new Promise((go) => setTimeout(go, within(span)));
  }
}

type Delayed = { type: 'delayed'; errand: Errand; problem: Problem };
