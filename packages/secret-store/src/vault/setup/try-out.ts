import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { recordPath } from '../../port/paths.ts'
import { type SecretStore, type SecretValue, StoreError } from '../../port/secret-store.ts'
import type { VaultRole, VaultRoleSetup } from './vault-roles.ts'

/** An account of no tenant: nothing names what a trial that was cut off has left, so garbage collection takes it. */
const account = parseAccountId('vault-setup')

/** As long and as full of strings as the largest account. */
const largest: SecretValue = {
  blocks: Array.from({ length: 220 }, () => 'x'.repeat(4_093)),
  texts: Array.from({ length: 5_000 }, (_, n) => `text ${n}`),
}

/**
 * Whether the server takes what the gateway writes, and gives it back: limits of its listener, of its storage and of
 * what stands before it show themselves only then.
 * @throws StoreError
 */
export async function tryOut(
  roles: readonly VaultRoleSetup[],
  openAs: (role: VaultRoleSetup) => Promise<SecretStore>,
): Promise<void> {
  const open = async (wanted: VaultRole) => {
    const role = roles.find(({ role }) => role === wanted)
    if (role === undefined) throw new TypeError(`there is no role ${wanted}`)
    return openAs(role)
  }
  const [writer, reader] = [await open('config-api'), await open('forwarder')]
  try {
    await writeAndRead(writer, reader)
  } finally {
    await Promise.all([writer.close(), reader.close()])
  }
}

async function writeAndRead(writer: SecretStore, reader: SecretStore): Promise<void> {
  const path = recordPath('chains', account, parseRecordId(randomUUID()))
  await writer.put(path, largest, 0)
  try {
    const stored = await reader.get(path)
    if (!isDeepStrictEqual(stored?.value, largest)) {
      throw new StoreError('damaged', `${path}: what was read is not what was written.`)
    }
  } finally {
    await writer.purge(path)
  }
}
