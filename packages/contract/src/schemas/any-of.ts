/** JSON Schema's rule that at least one of these fields is there. */
export function anyOf(...names: readonly string[]): { readonly anyOf: readonly { readonly required: string[] }[] } {
  return { anyOf: names.map((name) => ({ required: [name] })) }
}
