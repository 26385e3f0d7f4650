import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { type RequestsOrder, throttledPerSecond } from '../attack-order.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { callerOf, forwardTo, newTenant } from '../tenants.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
/** The slowest form to verify: each `+` becomes five bytes of the signed text. */
const worstForm = Buffer.alloc(256 * 1_024, '+')
/** Above the minimum that the service accepts, so that each form is held for as long as possible. */
const bytesPerSecond = 20 * 1_024
const operation = 'a forward of a form of 1 KB'

export const signedForms: PoolMeasurement = {
  operation,
  attack: 'sends 64 forms that come as slowly as they may',
  prepare: (stage) => prepare(stage, { bodyBytesPerSecond: bytesPerSecond }),
}

export const formSignatures: PoolMeasurement = {
  operation,
  attack: 'sends the largest forms as fast as it may, of what takes longest to verify, with a wrong signature',
  prepare: (stage) => prepare(stage),
}

async function prepare(stage: Stage, pace: Pick<RequestsOrder, 'bodyBytesPerSecond'> = {}) {
  const { services, target } = stage
  const [quiet, hostile] = [await newTenant(stage, 'quiet', ['small']), await newTenant(stage, 'hostile', ['small'])]
  const caller = callerOf(stage, quiet)
  const headers = { ...forwardTo(`${target.url}/small`), ...form }
  const body = `text=${'x'.repeat(1_000)}`
  return {
    perSecond: 75,
    operate: async () => {
      bodyOf(await caller.raw({ method: 'POST', path: quiet.path, headers, body }), 200)
    },
    begin: async () =>
      beginAttack({
        kind: 'requests',
        url: services.forwarder.url,
        method: 'POST',
        path: hostile.path,
        headers: form,
        targetUrls: [`${target.url}/small`],
        appKey: hostile.appKey,
        // The signature does not cover this content, which shows only once all of it has arrived.
        body: worstForm,
        ...pace,
        atOnce: 64,
        perSecond: throttledPerSecond,
      }),
  }
}
