/** The rules of the contract, applied to each mapped url in turn: slow, and too plain to be wrong. */
export function oracle(urls: readonly string[], call: string): string | undefined {
  const matching = urls.filter((url) => asExpression(url).test(call))
  return matching.sort((one, other) => compare(rank(other), rank(one)))[0]
}

function asExpression(url: string): RegExp {
  const [, host = '', path = ''] = /^https:\/\/([^/]*)(.*)$/.exec(url) ?? []
  const [, port = ''] = /^\*(:\d+)?$/.exec(host) ?? []
  const isAny = host.startsWith('*') && !host.startsWith('*.')
  const ofWildcard = host.startsWith('*.') ? `[^./]+${escaped(host.slice(1))}` : escaped(host)
  const hostPart = isAny ? `[^/:]+${port}` : ofWildcard
  const pathPart = path.endsWith('/*') ? `${escaped(path.slice(0, -1))}[^?]*(\\?.*)?` : escaped(path)
  return new RegExp(`^https://${hostPart}${pathPart}$`)
}

/** Compared from left to right: exact host, some host, exact path, length of the prefix. */
function rank(url: string): readonly number[] {
  const isAny = /^https:\/\/\*[:/]/.test(url)
  return [Number(!url.startsWith('https://*')), Number(!isAny), Number(!url.endsWith('/*')), url.length]
}

function compare(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((value, at) => value !== other[at])
  return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
