/** Prints how calls fail in a process that has no file descriptor left: to an address, and to a name. */
import { openSync } from 'node:fs'
import { AddressLookup, callTarget, TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'

const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
const addresses = new AddressLookup({ guard, nameServers: ['127.0.0.1:9'] })
const upstreams = new UpstreamPools({ guard, addresses })

async function failureOf(target: string) {
  const call = { url: `https://${target}/`, method: 'GET', headers: {}, maxBodyBytes: 0 }
  const { failure } = await callTarget(upstreams, {}, { ...call, signal: AbortSignal.timeout(60_000) })
  return failure
}

const opened: number[] = []
try {
  for (;;) opened.push(openSync('/dev/null', 'r'))
} catch {
  // There are no more.
}
const failures = [await failureOf('127.0.0.1'), await failureOf('target.example')]
process.stdout.write(JSON.stringify(failures))
