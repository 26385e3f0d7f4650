import { pick, type Random } from '../../engine/random.ts'
import { appKey, nowMs } from './gateway.ts'

const seconds = nowMs / 1_000
const parameters = [
  `oauth_consumer_key="${appKey}"`,
  'oauth_signature_method="HMAC-SHA1"',
  'oauth_signature_method="HMAC-SHA256"',
  `oauth_timestamp="${seconds}"`,
  'oauth_nonce="n1"',
  'oauth_version="1.0"',
  'oauth_signature="tnnArxj06cWHq44gCs1OSKk%2FjLY%3D"',
  'oauth_token=""',
  'oauth_body_hash="2jmj7l5rSw0yVb%2FvlWAYkK%2FYBwk%3D"',
  'realm="a, \\"b\\" oauth_nonce=\\"x\\""',
  'Realm="x"',
  'realm=""',
  'a%20b="%c3%a9"',
  'x="%41%2f+"',
]

export const words: readonly string[] = [
  ...parameters,
  ...['OAuth ', 'oauth\t', 'OAuth', 'Bearer ', 'Basic ', 'POST /mtls/account/le123', 'GET /a?b=c&b=d', '\n', 'HTTP'],
  ...[
    ', ',
    ',',
    '=',
    '="',
    '"',
    '\\"',
    '\\',
    ' ',
    '\t',
    '&',
    '?',
    '+',
    '%',
    '%2',
    '%25',
    '%00',
    '%ff',
    '%C3%A9',
    '~',
    '/',
  ],
  ...[
    'oauth_',
    'oauth_nonce=1',
    'a=',
    '=b',
    'a=b=c',
    'constructor',
    '__proto__',
    'toString=1',
    'a-=1',
    'a%2D=1',
    "!*'()",
  ],
  ...[
    'example.com',
    'EXAMPLE.com:443',
    '[::1]:8080',
    'lp_hash=x',
    '#',
    ';',
    '\x80',
    '\xff',
    '\0',
    '\r',
    'eyJhbGciOiJub25lIn0.e30.',
  ],
]

const names = ['a', 'a-', 'A', '%61', 'b+c', 'x%20', '%c3%a9', 'a%2Db', '', 'toString']
const values = ['', '1', 'a=b', '%26', '+', '%2B', "!*'()", '~', 'ü', '%E2%82%AC', '2 3', '?']

const list = (random: Random) =>
  Array.from(
    { length: random(5) },
    () => pick(random, names) + pick(random, ['=', '=', '']) + pick(random, values),
  ).join('&')

/** A well-formed request, or nearly: its header has everything that is needed, in any order. */
export function generateRequest(random: Random): Buffer {
  const needed = [0, 1 + random(2), 3, 4, 6].map((at) => parameters[at] ?? '')
  const more = Array.from({ length: random(3) }, () => pick(random, parameters))
  const header = [...needed, ...more].toSorted(() => random(3) - 1).join(pick(random, [', ', ',', ' , ', ',\t']))
  const first = `${pick(random, ['GET', 'POST', 'get', 'PUT'])} /mtls/account/le123${pick(random, ['', '/', '/%7e', "/!$'"])}`
  const target = first + pick(random, ['', '?']) + list(random)
  const body = pick(random, ['', `\n${list(random)}`])
  return Buffer.from(
    `${target}\nOAuth ${header}\n${pick(random, ['example.com', 'a.b:443', '[::1]:80'])}${body}`,
    'latin1',
  )
}
