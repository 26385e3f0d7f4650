import { GatewayProblem } from '@mtls-gateway/client/page'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { mappingQuery } from '../../api/mappings.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'

/** The name of a mapping that a call names by its id; a link, unless it is deleted. */
export function MappingName({ mappingId }: { readonly mappingId: number }) {
  const accountId = useAccountId()
  const { data, error } = useQuery(mappingQuery(accountId, String(mappingId)))
  if (error instanceof GatewayProblem && error.status === 404) return <>{mappingId}, which is deleted</>
  return <Link to={paths.mapping(accountId, mappingId)}>{data?.body.name ?? mappingId}</Link>
}
