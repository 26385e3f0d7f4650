import { useMutation } from '@tanstack/react-query'
import { clientOf } from '../../api/page-client.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Notice } from '../../ui/notice.tsx'

/** Sends a signed message of type `test`, and says what came of it. */
export function TestWebhook({ isSet }: { readonly isSet: boolean }) {
  const accountId = useAccountId()
  const test = useMutation({ mutationFn: async () => (await clientOf(accountId).testWebhook()).body })
  return (
    <>
      <div>
        <Button
          isPending={test.isPending}
          disabledReason={isSet ? undefined : 'Save the url first.'}
          onClick={() => test.mutate()}
        >
          Send a test
        </Button>
      </div>
      {test.error && <Failure error={test.error} />}
      {test.data && (
        <Notice tone={test.data.delivered ? 'good' : 'bad'} title={test.data.delivered ? 'Delivered' : 'Not delivered'}>
          {test.data.explanation} ({Math.round(test.data.ms)} ms)
        </Notice>
      )}
    </>
  )
}
