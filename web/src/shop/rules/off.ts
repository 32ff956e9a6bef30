/** How much cheaper a unit is than without the sale, in basis points, rounded down to whole percent; nothing under one. */
export function offOf({ list_minor, sale_minor }: { list_minor: number; sale_minor: number }): number | undefined {
  if (list_minor <= 0 || sale_minor >= list_minor) return undefined;
  const percent = Math.floor(((list_minor - sale_minor) * 100) / list_minor);
  return percent > 0 ? percent * 100 : undefined;
}
