/** A number in the answer to INFO; 0 if the server does not say. */
export function numberOf(info: string, name: string): number {
  return Number(fieldOf(info, name)) || 0
}

/** Empty if the server does not say. */
export function fieldOf(info: string, name: string): string {
  const line = info.split('\r\n').find((candidate) => candidate.startsWith(`${name}:`))
  return line?.slice(name.length + 1) ?? ''
}
