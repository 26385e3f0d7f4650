import { BlockList, isIP } from 'node:net'

export function isCidr(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && Number(prefix) <= (family === 4 ? 32 : 128)
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only this host can reach a server there. A name other than `localhost` may be any host. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  return family === 0 ? address === 'localhost' : loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** https, or http on this host; no user info. */
export function isServiceUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** http or https without query, fragment and user info. */
export function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || /[?#@\s]/.test(text)) return false
  return url.protocol === 'https:' || url.protocol === 'http:'
}
