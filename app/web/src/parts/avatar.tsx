import { useSession } from '../session.tsx'

/** The picture of who is logged in, or the first letter. `version` makes the browser ask again after an upload. */
export function Avatar({ size, version = 0 }: { size: number; version?: number }) {
  const { account, hasAvatar } = useSession()
  if (hasAvatar) {
    return (
      <img class="avatar" src={`/api/avatar?v=${version}`} width={size} height={size} alt={`Avatar of ${account}`} />
    )
  }
  return (
    <svg class="avatar" width={size} height={size} viewBox="0 0 28 28" aria-hidden="true">
      <rect width="28" height="28" />
      <text x="14" y="19" text-anchor="middle">
        {account.slice(0, 1).toUpperCase()}
      </text>
    </svg>
  )
}
