import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { field, fileFor, isCidr, splitList } from './fields.ts'

/** `openssl rand -base64 32` makes 44. */
const minCharacters = 32

/** Which peers are proxies of the deployment: those at these addresses, and those that send the secret. */
export function proxySettings() {
  return {
    trustedProxies: field('TRUSTED_PROXIES', proxyList, {
      default: '',
      example: '10.0.0.5,10.1.0.0/16',
      meaning:
        "Addresses of the proxies in front, or ranges of addresses, separated by commas: only theirs are the X-Forwarded-* headers that count for the caller's address and url.",
    }),
    trustedProxySecretFile: field(
      'TRUSTED_PROXY_SECRET_FILE',
      fileFor(
        readProxySecrets,
        `must name a file with a secret of at least ${minCharacters} letters, digits and signs per line`,
      ),
      {
        isSecretFile: true,
        example: '/run/secrets/proxy-secret',
        meaning:
          'File with the secret by which proxies without fixed addresses are trusted, in the header X-Proxy-Secret (openssl rand -base64 32). The console sends it to config-api. Several lines: each is accepted, the first is sent. Read at the start.',
      },
    ),
  }
}

const proxyList = z
  .string()
  // As it was written while the setting was a number.
  .transform((text): readonly string[] => (text === '0' ? [] : splitList(text)))
  .refine((items) => items.length === 0 || !items.every((item) => /^\d+$/.test(item)), {
    error:
      'must list the addresses of the proxies, no longer how many there are (for proxies without fixed addresses, set TRUSTED_PROXY_SECRET_FILE)',
    abort: true,
  })
  .refine((items) => items.every((item) => isIP(item) !== 0 || isCidr(item)), {
    error: 'must be addresses and ranges of addresses, separated by commas',
    abort: true,
  })
  .refine((items) => !items.some(hasAllOfAFamily), 'must not trust all addresses: callers could choose theirs')

/** Also by an IPv6 range that has all IPv4 addresses in it, as IPv6 has them (RFC 4291 section 2.5.5.2). */
function hasAllOfAFamily(item: string): boolean {
  const [network = '', prefix = ''] = item.split('/')
  if (/^0+$/.test(prefix)) return true
  if (prefix === '' || isIP(network) !== 6) return false
  const range = new BlockList()
  range.addSubnet(network, Number(prefix), 'ipv6')
  return ['0.0.0.0', '255.255.255.255'].every((address) => range.check(`::ffff:${address}`, 'ipv6'))
}

/** The first one is sent. @throws Error: the file cannot be read, or holds something else */
export function readProxySecrets(path: string): readonly string[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  const secrets = lines.map((line) => line.trim()).filter((line) => line !== '')
  const areFit = secrets.every((secret) => /^[\x21-\x7e]+$/.test(secret) && secret.length >= minCharacters)
  if (secrets.length > 0 && areFit) return secrets
  throw new Error(`${path} holds no secrets of proxies`)
}
