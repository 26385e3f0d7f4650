import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { maxSignedFormBytes } from '@mtls-gateway/request-auth'
import { SignedForms, signedFormLimits } from '../../../src/forward/caller/signed-forms.ts'

/** A form that announces its length and never arrives. */
function announced(): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  request.headers = { 'content-length': String(maxSignedFormBytes) }
  return request
}

it('an IPv6 /56 has as many forms read at once as one address', async () => {
  const forms = new SignedForms(new Bulkhead('signed-forms', signedFormLimits()))
  const requests = Array.from({ length: 32 }, announced)
  const read = requests.map((request, n) => forms.read(request, `2001:db8:0:${n.toString(16)}::1`))
  await expect(forms.read(announced(), '2001:db8:0:ff::ffff')).rejects.toMatchObject({ code: 'TOO_MANY_BODIES' })
  const elsewhere = announced()
  read.push(forms.read(elsewhere, '2001:db8:0:100::1'))
  for (const request of [...requests, elsewhere]) request.destroy()
  expect((await Promise.allSettled(read)).map(({ status }) => status)).toEqual(Array(33).fill('rejected'))
})
