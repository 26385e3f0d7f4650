import { GatewayProblem } from '@mtls-gateway/client/page'
import { useMutation } from '@tanstack/react-query'
import { clientOf } from '../../api/page-client.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { saveAs } from '../../ui/download.tsx'
import { say } from '../../ui/toasts.tsx'

/** The certificate and its chain, without the key. */
export function DownloadPem({ certificateId, name }: { readonly certificateId: number; readonly name: string }) {
  const accountId = useAccountId()
  const { mutate, isPending } = useMutation({
    mutationFn: async () => (await clientOf(accountId).downloadCertificate({ certificateId })).body,
    onSuccess: (pem) => saveAs(pem, `${name}.pem`, 'application/x-pem-file'),
    onError: (error) => say({ text: error instanceof GatewayProblem ? error.detail : error.message }),
  })
  return (
    <Button isPending={isPending} onClick={() => mutate()}>
      Download
    </Button>
  )
}
