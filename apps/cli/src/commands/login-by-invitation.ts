import type { CliContext } from '../cli-context.ts'
import { connection } from '../http/connection.ts'
import { readInvitationCode } from '../input/invitation-code.ts'
import { expectWritable, type Login, type LoginSettings, loginFilePath } from '../settings/login-file.ts'
import { type ConnectionOptions, heldCredentials, resolvePlace } from '../settings/settings.ts'

/** Redeems an invitation: what it gives out is for its account, whichever the options name. @throws CliFailure */
export async function loginByInvitation(
  options: ConnectionOptions,
  earlier: LoginSettings,
  context: CliContext,
): Promise<Login> {
  await expectWritable(loginFilePath(context.environment))
  const { code, account } = await readInvitationCode(context)
  const place = resolvePlace({ ...options, account }, earlier)
  const { configApi } = connection({ ...place, token: undefined, appKey: undefined }, context)
  const { body } = await configApi.redeemInvitation({ body: { code } })
  const { token } = heldCredentials({ token: body.token })
  return { ...place, token, expiresAt: body.expiresAt }
}
