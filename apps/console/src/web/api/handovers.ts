import type { HandoverAnswer, OpenedHandover } from '@mtls-gateway/contract'
import { queryOptions } from '@tanstack/react-query'
import { clientOf } from './page-client.ts'
import { post, read } from './session.ts'

export const handoversKey = (accountId: string, certificateId: number) =>
  [accountId, 'handovers', certificateId] as const

export function handoversQuery(accountId: string, certificateId: number) {
  return queryOptions({
    queryKey: handoversKey(accountId, certificateId),
    queryFn: async ({ signal }) => (await clientOf(accountId).listHandovers({ certificateId, signal })).body,
  })
}

/** What the link of a handover shows. No session is needed. @throws GatewayProblem */
export async function openHandover(code: string): Promise<OpenedHandover> {
  return read(await post('/console/handovers/open', { code }))
}

/** @throws GatewayProblem */
export async function answerHandover(answer: HandoverAnswer): Promise<OpenedHandover> {
  return read(await post('/console/handovers/answer', answer))
}
