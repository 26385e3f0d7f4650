/**
 * Calls a target through the gateway: JSON, a form, and bytes. Needs `got` (`npm install got`), or any other client,
 * `fetch` too.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto'
import got from 'got'

const accountUrl = `${env('FORWARDER_URL')}/mtls/account/${env('ACCOUNT')}`
const lpHeaders = { 'LP-forward-url': env('TARGET_URL'), 'LP-service-name': env('SERVICE') }

function env(name) {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

/** RFC 5849 section 3.6. */
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

/** Makes the LP-* headers a part of what is signed. */
function lpHash() {
  const lines = Object.entries(lpHeaders).map(([name, value]) => `${name.toLowerCase()}:${value}\n`)
  return createHash('sha256').update(lines.sort().join('')).digest('base64url')
}

/** RFC 5849 section 3.4. Parameters of a form are signed one by one, any other body by its hash. */
function authorization(method, query, body, form) {
  const oauth = [
    ['oauth_consumer_key', env('APP_KEY')],
    ['oauth_nonce', randomUUID()],
    ['oauth_signature_method', 'HMAC-SHA256'],
    ['oauth_timestamp', String(Math.floor(Date.now() / 1000))],
    ['oauth_version', '1.0'],
    ...(form ? [] : [['oauth_body_hash', createHash('sha256').update(body).digest('base64')]]),
  ]
  const signed = [...oauth, ...query, ...(form ?? [])].map((pair) => pair.map(encode))
  const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0)
  signed.sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
  const base = [method, accountUrl, signed.map((pair) => pair.join('=')).join('&')].map(encode).join('&')
  const signature = createHmac('sha256', `${encode(env('APP_SECRET'))}&`)
    .update(base)
    .digest('base64')
  const all = [...oauth, ['oauth_signature', signature]]
  return `OAuth ${all.map(([name, value]) => `${name}="${encode(value)}"`).join(', ')}`
}

async function call(contentType, body, form) {
  const query = [['lp_hash', lpHash()]]
  const answer = await got.post(`${accountUrl}?${new URLSearchParams(query)}`, {
    headers: {
      ...lpHeaders,
      'content-type': contentType,
      authorization: authorization('POST', query, body, form),
    },
    body,
    // Statuses are for the caller to judge; a redirect is the target's answer; a repetition needs a new nonce.
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    // As long as the gateway waits for the target's answer, and a little longer.
    timeout: { connect: 10_000, request: 75_000 },
  })
  if (answer.headers['lp-answered-by'] === 'gateway') throw new Error(`${answer.statusCode} ${answer.body}`)
  console.log(answer.statusCode, answer.body)
}

const form = [
  ['grant_type', 'client_credentials'],
  ['scope', 'read write'],
  ['scope', 'ö*~+'],
]
await call('application/json', '{"amount":"5 €"}')
await call('application/x-www-form-urlencoded', form.map((pair) => pair.map(encode).join('=')).join('&'), form)
await call('application/octet-stream', Buffer.from(Array.from({ length: 256 }, (_, at) => at)))
