import { cutAt, interruptedUp } from './interrupted-up.ts'

// Each on an instance of its own: a second one finds most of the work done, and would mostly be cut off after its end.
for (let kill = 0; kill < 10; kill += 1) interruptedUp(cutAt('SIGKILL'))
for (let interruption = 0; interruption < 3; interruption += 1) interruptedUp(cutAt('SIGINT'))
