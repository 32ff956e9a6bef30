import type { Span } from './rules/pause';

/** Some length of a span. */
export const within = ({ fromMs, toMs }: Span): number => fromMs + Math.random() * (toMs - fromMs);
