/** Prints how calls fail in a process that has no file descriptor left: to an address, and to a name. */
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { request } from 'node:https'
import { AddressLookup, explainTransportError, GuardedAgent, TargetGuard } from '@mtls-gateway/outbound'

const guard = { allowCidrs: ['127.0.0.0/8'], ports: 'any' } as const
const addresses = new AddressLookup({ guard: new TargetGuard(guard), nameServers: ['127.0.0.1:9'] })
const agent = new GuardedAgent({ guard, extraCa: [], addresses })

async function failureOf(target: string) {
  const [error] = await once(request({ host: target, port: 443, agent }).end(), 'error')
  return explainTransportError(error, target)
}

const opened: number[] = []
try {
  for (;;) opened.push(openSync('/dev/null', 'r'))
} catch {
  // There are no more.
}
const failures = [await failureOf('127.0.0.1'), await failureOf('target.example')]
process.stdout.write(JSON.stringify(failures))
