import { pick, type Random } from '../../engine/random.ts'

const line = (name: string, value: string) => `${name}: ${value}\r\n`
const signed = (method: string, more = '') => line('Host', '{host}') + line('Authorization', `{sign ${method}${more}}`)
const below = (method: string, more = '') =>
  line('Host', '{host}') + line('Authorization', `{signbelow ${method}${more}}`)
const forwarded = line('LP-forward-url', '{url}') + line('LP-service-name', 'IDP')

/** Whole requests, as callers send them. */
export const requests: readonly string[] = [
  `GET {path} HTTP/1.1\r\n${signed('GET')}${forwarded}\r\n`,
  `GET {path}?a=b HTTP/1.1\r\n${signed('GET', ' ?a=b')}${forwarded}LP-authorization-override: {override}\r\n\r\n`,
  `POST {path} HTTP/1.1\r\n${signed('POST')}${forwarded}Content-Length: 5\r\n\r\nhello`,
  `POST {path} HTTP/1.1\r\n${signed('POST')}${forwarded}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  `PUT {path} HTTP/1.1\r\n${signed('PUT')}${forwarded}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok`,
  `HEAD {path} HTTP/1.1\r\n${signed('HEAD')}${forwarded}\r\n`,
  `POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {form POST a=b}\r\n${forwarded}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b`,
  `GET {path} HTTP/1.0\r\n${signed('GET')}${forwarded}Connection: keep-alive\r\n\r\n`,
  `GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {wrong GET}\r\n${forwarded}\r\n`,
  `GET {below}?a=b HTTP/1.1\r\n${below('GET', ' ?a=b')}LP-authorization-override: {override}\r\n\r\n`,
  `POST {below} HTTP/1.1\r\n${below('POST')}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  'GET /health/live HTTP/1.1\r\nHost: {host}\r\n\r\n',
  'POST /mtls/mapping HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer x.y.z\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]',
]

const fields = [
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Content-Length: 60\r\n',
    'Content-Length: +5\r\n',
    'Content_Length: 5\r\n',
  ],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip, chunked\r\n', 'Transfer-Encoding : chunked\r\n'],
  ...[
    'Transfer-Encoding:\x0bchunked\r\n',
    'Transfer-Encoding: x\r\n',
    'Connection: close\r\n',
    'Connection: LP-forward-url\r\n',
  ],
  ...[
    'Connection: Content-Length\r\n',
    'Upgrade: websocket\r\n',
    'Connection: upgrade\r\n',
    'Expect: 100-continue\r\n',
  ],
  ...[
    'TE: trailers\r\n',
    'Trailer: X\r\n',
    ' folded\r\n',
    'X: a\rb\r\n',
    'X: a\nb\r\n',
    'X : y\r\n',
    'X: \0\r\n',
    'X: \xff\r\n',
    ': x\r\n',
  ],
  ...[
    'LP-content-type-override: text/x\r\n',
    'LP-stop-if-certificate-not-found: true\r\n',
    'LP-forward-url: {url}\r\n',
  ],
  ...[
    'X-Forwarded-For: 1.2.3.4\r\n',
    'Forwarded: for=a\r\n',
    'Max-Forwards: 0\r\n',
    'Via: 1.1 x\r\n',
    'Content-Type: text/plain\r\n',
  ],
]

export const words: readonly string[] = [
  ...fields,
  ...requests,
  ...[
    '{url}',
    '{path}',
    '{host}',
    '{override}',
    '{below}',
    '{signbelow GET}',
    '{sign GET}',
    '{sign POST}',
    '{form POST a=b}',
    '{wrong GET}',
    'HTTP/1.1',
    ' HTTP/2.0',
  ],
  ...[
    '\r\n\r\n',
    '\r\n',
    '\n',
    '\r',
    '\n\n',
    '\0',
    ' ',
    '\t',
    ':',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '0\r\nX: y\r\n\r\n',
    'FFFFFFFFFFFFFFFFF\r\n',
  ],
  ...[
    'GET ',
    'POST ',
    'CONNECT x:1 ',
    'OPTIONS * ',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '%',
    '%00',
    '#',
    '?',
    '/../',
    '//',
    '\\',
    'http://a/',
  ],
]

/** Several requests on one connection, some with more fields than they should have. */
export function generateRequests(random: Random): Buffer {
  const all = Array.from({ length: 1 + random(4) }, () => {
    const request = pick(random, requests)
    if (random(2) === 0) return request
    const more = Array.from({ length: 1 + random(2) }, () => pick(random, fields)).join('')
    return request.replace('\r\n', `\r\n${more}`)
  })
  return Buffer.from(all.join(''), 'latin1')
}
