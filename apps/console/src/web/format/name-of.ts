/** The name of the one with this id; the id itself where it is not known. */
export function nameOf(named: readonly { readonly id: string; readonly name: string }[], id: string): string {
  return named.find((one) => one.id === id)?.name ?? id
}
