import { useTitle } from '../parts/title.ts'

export default function NotFound() {
  useTitle('Not found')
  return (
    <div class="width page narrow">
      <p class="kicker">404</p>
      <h1>This page is not here.</h1>
      <p class="lead">The address may be mistyped, or what was here has gone.</p>
      <p class="actions">
        <a class="button" href="/">
          To the homepage
        </a>
        <a class="button quiet" href="/sports">
          Browse sports
        </a>
      </p>
    </div>
  )
}
