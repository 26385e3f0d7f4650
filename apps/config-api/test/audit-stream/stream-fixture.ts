import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type Coordination, openEmbeddedCoordination } from '@mtls-gateway/coordination'
import { type AccountId, changeSettings, parseAccountId } from '@mtls-gateway/domain'
import { type Clock, newRecordId } from '@mtls-gateway/registry'
import { openEmbeddedStore, type SecretStore } from '@mtls-gateway/secret-store'
import { ServiceMetrics } from '@mtls-gateway/service-kit'
import type { AuditReceiver } from '../../src/audit-stream/audit-receiver.ts'
import { AuditStream } from '../../src/audit-stream/audit-stream.ts'
import { StreamMetrics } from '../../src/audit-stream/stream-metrics.ts'
import { StreamPositions } from '../../src/audit-stream/stream-positions.ts'
import { NoticingWriter } from '../../src/changes/delayed-notices.ts'

/** Every sleep is over at once, and has taken its time: an hour passes in a second. */
export class HurryingClock implements Clock {
  #now = 0

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return
    this.#now += ms
    await turn()
  }
}

/** What one instance of config-api does for the audit. */
export interface Instance {
  readonly writer: NoticingWriter
  readonly stream: AuditStream
  readonly clock: Clock
  readonly logged: object[]
  readonly metrics: ServiceMetrics
  stop(): Promise<void>
}

/** A store and coordination that several instances use. */
export class StreamFixture {
  readonly directory = mkdtempSync(join(tmpdir(), 'audit-stream-'))
  readonly store: SecretStore = openEmbeddedStore({ directory: this.directory })
  readonly coordination: Coordination = openEmbeddedCoordination({ directory: this.directory, instance: 'config-api' })
  readonly #instances: Instance[] = []
  #accounts = 0

  newAccount(): AccountId {
    return parseAccountId(`a${++this.#accounts}`)
  }

  start(receiver: AuditReceiver, clock: Clock = new HurryingClock()): Instance {
    const { store, coordination } = this
    const { changeFeed, leases } = coordination
    const logged: object[] = []
    const metrics = new ServiceMetrics('config-api')
    const writer = new NoticingWriter({ store, changeFeed })
    const stream = new AuditStream({
      receiver,
      positions: new StreamPositions(store, receiver.name),
      writer,
      leases,
      metrics: new StreamMetrics(metrics),
      log: { warn: (line: object) => void logged.push(line) },
      clock,
    })
    writer.onSeen((account) => stream.see(account))
    stream.start()
    const stop = async () => {
      await stream.stop()
      await writer.close()
    }
    const instance = { writer, stream, clock, logged, metrics, stop }
    this.#instances.push(instance)
    return instance
  }

  async stop(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.stop()))
    await this.coordination.close()
    await this.store.close()
    rmSync(this.directory, { recursive: true })
  }
}

/** So many changes, each of which makes a revision. */
export async function change({ writer }: Pick<Instance, 'writer'>, account: AccountId, times = 1): Promise<void> {
  for (let n = 0; n < times; n++) {
    const { revision } = await writer.read(account)
    const context = { changeId: newRecordId(), at: new Date().toISOString(), actor: 'a', address: '::1' }
    const unmappedCalls = revision % 2 === 0 ? 'refuse' : 'plain'
    await writer.change(account, context.changeId, changeSettings(context, { unmappedCalls }))
  }
}
