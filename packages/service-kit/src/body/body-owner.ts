const owners = new WeakMap<object, string>()

/** Notes whose request a JSON body came with, because its validation gets only the body. */
export function noteOwner(body: unknown, owner: string): void {
  if (typeof body === 'object' && body !== null) owners.set(body, owner)
}

/** Undefined if that was not noted. */
export function ownerOf(body: object): string | undefined {
  return owners.get(body)
}
