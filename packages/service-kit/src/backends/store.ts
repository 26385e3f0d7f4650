import { readFileSync } from 'node:fs'
import { isCodedError } from '@mtls-gateway/domain'
import { isStoreError, type SecretStore, type SecretStoreConfig, type VaultFileLogin } from '@mtls-gateway/secret-store'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { VaultConfiguration } from '../configuration/backend-settings.ts'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import { SlotHistogram, shortBuckets } from '../metrics/fast-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'

export function storeConfig(configuration: CommonConfiguration): SecretStoreConfig {
  if (configuration.secretStore === 'embedded') {
    const { dataDir, masterKey, embeddedStoreAccept: accept } = configuration
    return { kind: 'embedded', directory: dataDir, masterKey: masterKey?.reveal(), accept }
  }
  const { vaultAddr, vaultMount, vaultNamespace, vaultCaFile, vaultTimeoutMs, vaultToken } = configuration
  return {
    kind: 'vault',
    // The rules of the settings require it if SECRET_STORE=vault.
    address: vaultAddr ?? '',
    mount: vaultMount,
    namespace: vaultNamespace,
    deadlineMs: vaultTimeoutMs,
    caCertificates: vaultCaFile === undefined ? undefined : readFileSync(vaultCaFile, 'utf8'),
    login: vaultFileLogin(configuration) ?? { kind: 'token', token: async () => vaultToken?.reveal() ?? '' },
  }
}

/** The login whose credential is in a file; undefined if the settings have none. */
export function vaultFileLogin(settings: Omit<VaultConfiguration, 'vaultToken'>): VaultFileLogin | undefined {
  const { vaultRoleId: roleId, vaultSecretIdFile: secretIdFile, vaultAppRoleMount: mount } = settings
  if (roleId !== undefined && secretIdFile !== undefined) return { kind: 'app-role', roleId, secretIdFile, mount }
  const { vaultKubernetesRole: role, vaultKubernetesJwtFile: jwtFile, vaultKubernetesMount } = settings
  return role === undefined ? undefined : { kind: 'kubernetes', role, jwtFile, mount: vaultKubernetesMount }
}

/** A store that tells how long it takes and how it fails; never for which path. */
export function measuredStore(store: SecretStore, registry: Registry): SecretStore {
  const times = new SlotHistogram({
    name: 'store_request_duration_seconds',
    help: 'How long the store took, with retries',
    labelNames: ['operation'],
    buckets: shortBuckets,
    registry,
  })
  const errors = new Counter({
    name: 'store_errors_total',
    help: 'Requests to the store that failed',
    labelNames: ['operation', 'reason'],
    registers: [registry],
  })
  const timed = <Args extends unknown[], Result>(operation: string, request: (...args: Args) => Promise<Result>) => {
    const slots = times.series({ operation })
    return async (...args: Args): Promise<Result> => {
      const since = performance.now()
      try {
        return await request.apply(store, args)
      } catch (error) {
        errors.inc({ operation, reason: reasonOf(error) })
        throw error
      } finally {
        slots.observe((performance.now() - since) / 1_000)
      }
    }
  }
  return {
    get: timed('get', store.get),
    exists: timed('exists', store.exists),
    put: timed('put', store.put),
    writtenAt: timed('written_at', store.writtenAt),
    list: timed('list', store.list),
    purge: timed('purge', store.purge),
    check: timed('check', store.check),
    close: () => store.close(),
  }
}

function reasonOf(error: unknown): string {
  if (isStoreError(error)) return error.reason
  return isCodedError(error) && error.code === 'STORE_NEWER' ? 'newer' : 'other'
}

/** The lines of the log about the embedded store (docs/operations.md). */
export const storeLines = {
  accepted: ['warn', 'store-head-accepted'],
  mismatch: ['error', 'store-head-mismatch'],
  'key-exposed': ['warn', 'master-key-exposed'],
  'write-failed': ['error', 'store-write-failed'],
  writable: ['info', 'store-writable'],
} as const

/** `store-epoch-changed`, `store-epoch-unreadable`, and since when the epoch lasts (docs/production.md). */
export function reportStoreEpoch(log: Log, { registry }: ServiceMetrics) {
  const repeats = new Repeats()
  const began = new Gauge({
    name: 'store_epoch_began_seconds',
    help: 'When the epoch of the store began that this instance is on, in seconds since 1970; 0: it is not known',
    registers: [registry],
  })
  return {
    /** @param beganAt in milliseconds since 1970; 0 if the store has no epoch */
    changed(epoch: string | undefined, before: string | undefined, beganAt: number): void {
      began.set(beganAt / 1_000)
      const facts = { event: 'store-epoch-changed', epoch, before }
      if (before === undefined) log.info(facts)
      else log.warn(facts, 'The store was put back to an older copy: cached accounts are read again.')
    },
    failed(error: unknown): void {
      const times = repeats.due('unreadable')
      if (times !== undefined) log.warn({ event: 'store-epoch-unreadable', err: error, times })
    },
  }
}
