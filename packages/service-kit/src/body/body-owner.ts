const owners = new WeakMap<object, string>()

/** Notes whose request a JSON body came with: whoever checks it is handed the body alone. */
export function noteOwner(body: unknown, owner: string): void {
  if (typeof body === 'object' && body !== null) owners.set(body, owner)
}

/** Undefined where nobody has noted it. */
export function ownerOf(body: object): string | undefined {
  return owners.get(body)
}
