import { PageHeader } from '../../layout/page-header.tsx'

/** `panel`: `new`, or the id of the mapping that is open beside the list. */
export function MappingsPage({ panel }: { readonly panel: string | undefined }) {
  return <PageHeader title={`Mappings ${panel ?? ''}`} />
}
