/**
 * What `gatewayFetch` does, told as JSON: the same program for every runtime, so it imports nothing of any test
 * library. Expects in the environment where the gateway is, who calls, and the url of a target that answers as the test
 * says.
 */
import process from 'node:process'
import { GatewayProblem, gatewayFetch } from '@mtls-gateway/client'

const { FORWARDER_URL: forwarder, ACCOUNT: account, APP_KEY: appKey, APP_SECRET: appSecret, TARGET_URL } = process.env
const options = { forwarder, account, service: 'IDP', appKey, appSecret }
const fetch = gatewayFetch(options)
const told = {}

async function codeOf(promise) {
  try {
    await promise
    return 'nothing was refused'
  } catch (error) {
    return error instanceof GatewayProblem ? error.code : String(error)
  }
}

const redirect = await fetch(`${TARGET_URL}/redirect`, { method: 'POST', body: 'x' })
told.redirect = [redirect.status, redirect.headers.get('location'), redirect.redirected]

const form = await fetch(`${TARGET_URL}/echo`, { method: 'POST', body: new URLSearchParams({ a: '1 & 2', b: 'ö+' }) })
told.form = [form.headers.get('content-type'), await form.text()]

const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251)
const echoed = new Uint8Array(await (await fetch(`${TARGET_URL}/echo`, { method: 'PUT', body: bytes })).arrayBuffer())
told.bytes = echoed.length === bytes.length && echoed.every((byte, at) => byte === bytes[at])

let sendRest = () => {}
const rest = new Promise((resolve) => {
  sendRest = resolve
})
const encoder = new TextEncoder()
const stream = new ReadableStream({
  async start(controller) {
    controller.enqueue(encoder.encode('first half'))
    await rest
    controller.enqueue(encoder.encode(', second half'))
    controller.close()
  },
})
const streamed = await fetch(`${TARGET_URL}/echo`, { method: 'POST', body: stream, duplex: 'half' })
const decoder = new TextDecoder()
told.stream = ''
for await (const chunk of streamed.body) {
  told.stream += decoder.decode(chunk, { stream: true })
  // The second half goes out only when the first one has come back.
  sendRest()
}

const controller = new AbortController()
const endless = await fetch(`${TARGET_URL}/endless`, { signal: controller.signal })
const reader = endless.body.getReader()
told.beginning = decoder.decode((await reader.read()).value)
const reason = new Error('no longer needed')
const next = reader.read()
controller.abort(reason)
told.abort = await next.then(
  () => 'went on',
  (error) => error === reason,
)

const ending = new AbortController()
const headers = { 'content-type': 'application/x-www-form-urlencoded' }
told.cancelled = await new Promise((resolve) => {
  const pull = (source) => {
    source.enqueue(encoder.encode('a='))
    ending.abort(reason)
  }
  const body = new ReadableStream({ pull, cancel: () => resolve(true) }, { highWaterMark: 0 })
  const init = { method: 'POST', headers, body, duplex: 'half', signal: ending.signal }
  fetch(`${TARGET_URL}/echo`, init).catch(() => {})
})

told.codes = [
  await codeOf(fetch('http://bank.example/')),
  await codeOf(gatewayFetch({ ...options, appSecret: 'wrong' })(TARGET_URL)),
  await codeOf(gatewayFetch({ ...options, stopIfCertificateNotFound: true })(`${TARGET_URL}/unmapped`)),
]

console.log(JSON.stringify(told))
