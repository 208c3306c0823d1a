// Entry of the lens's Web Worker.
import type { Request } from "./protocol.js";
import { ruler } from "./ruler.js";
import { Server } from "./serve.js";

const server = new Server((answer, transfer) => postMessage(answer, { transfer }), ruler);

addEventListener("message", ({ data }: MessageEvent<Request>) => void server.receive(data));
