import { readFileSync } from 'node:fs'
import { CodedError } from '@mtls-gateway/domain'
import { openVaultSession, secretFromFile, type VaultSession } from '@mtls-gateway/secret-store'
import { z } from 'zod'

/** Longer than for the store: signing by RSA, and nobody waits at a screen. */
const deadlineMs = 15_000

const filled = z.string().min(1)

/** How an entry of a file of the operator's names a Vault or OpenBao, and the login there. */
export const vaultLoginFields = {
  address: filled,
  namespace: z.exactOptional(filled),
  caFile: z.exactOptional(filled),
  roleId: filled,
  secretIdFile: filled,
  appRoleMount: z.exactOptional(filled),
} as const

export type VaultLoginSettings = z.infer<z.ZodObject<typeof vaultLoginFields>>

/** It connects with the first request. @throws CodedError `CONFIGURATION_INVALID` */
export function openVaultLogin(settings: VaultLoginSettings): VaultSession {
  const { address, namespace, caFile, roleId, secretIdFile, appRoleMount } = settings
  return openVaultSession({
    address,
    namespace,
    caCertificates: caFile === undefined ? undefined : readText(caFile),
    deadlineMs,
    auth: { kind: 'app-role', roleId, secretId: secretFromFile(secretIdFile), mount: appRoleMount },
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CodedError('CONFIGURATION_INVALID', `The file ${path} cannot be read: ${code}.`, { cause })
  }
}
