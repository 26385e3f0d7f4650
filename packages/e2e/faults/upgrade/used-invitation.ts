import type { ServiceUrls } from '../../test/support/running-system.ts'
import { mustBe } from '../../test/support/tenant.ts'
import type { RolledSystem } from '../rollout/rolled-system.ts'

const account = 'invited'

/** An invitation that somebody works with. Releases up to 0.2.0 know none: they refuse its token, and keep it. */
export class UsedInvitation {
  readonly #system: RolledSystem
  readonly #id: string
  readonly #token: string

  private constructor(system: RolledSystem, id: string, token: string) {
    this.#system = system
    this.#id = id
    this.#token = token
  }

  static async make(system: RolledSystem): Promise<UsedInvitation> {
    const tenant = await system.newTenant(account)
    const invitation = await tenant.invite()
    return new UsedInvitation(system, invitation.id, (await tenant.redeem(invitation)).token)
  }

  /** Has an instance of the release before change the account, and refuse the token. */
  async isRefused(): Promise<void> {
    const tenant = await this.#system.newTenant(account)
    await tenant.newAppKey()
    const guest = this.#system.toConfigApi({ bearer: this.#token })
    mustBe(401, await guest.json('GET', tenant.path('certificates')))
  }

  /** Works at an instance of this release afterwards, and is revoked there. */
  async isKept(instance: ServiceUrls): Promise<void> {
    const path = (below: string) => `/mtls/account/${account}/${below}`
    const guest = this.#system.toConfigApi({ bearer: this.#token }, instance)
    mustBe(200, await guest.json('GET', path('certificates')))
    const tenant = this.#system.toConfigApi({ bearer: await this.#system.token() }, instance)
    mustBe(200, await tenant.json('DELETE', path(`invitations/${this.#id}`)))
    mustBe(401, await guest.json('GET', path('certificates')))
  }
}
