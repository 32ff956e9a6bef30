/** An item by the name of its product, with its SKU beside; one of which no name is known by its SKU alone. */
export function ItemName({ name, sku }: { name: string | null | undefined; sku: string }) {
  return (
    <>
      <bdi>{name ?? sku}</bdi>
      {name && <small class="id">{sku}</small>}
    </>
  );
}
