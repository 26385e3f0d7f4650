import type { FuzzTarget } from '../engine/target.ts'

const targets: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  responses: async () => (await import('./responses/target.ts')).responses,
  pools: async () => (await import('./pools/target.ts')).pools,
  keys: async () => (await import('./keys/target.ts')).keys,
  requests: async () => (await import('./requests/target.ts')).requests,
  oauth: async () => (await import('./oauth/target.ts')).oauth,
  flights: async () => (await import('./flights/target.ts')).flights,
}

export const targetNames: readonly string[] = Object.keys(targets)

/** Loads the target's code, and what it attacks. */
export async function targetNamed(name: string): Promise<FuzzTarget> {
  const load = targets[name]
  if (load === undefined) throw new Error(`there is no target ${name}; there are ${targetNames.join(', ')}`)
  return load()
}
