# The other end of AsyncioTest: a client or a server of asyncio.
#   echo N, then N bytes: the same bytes      half, then the end: how many came      abort: a reset      quit: the end
import asyncio, random, socket, ssl, struct, sys

role, port, trust = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def pattern(n):
    return random.Random(n).randbytes(n)


def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def handle(reader, writer):
    while line := (await reader.readline()).decode().split():
        if line[0] == "echo":
            left = int(line[1])
            while left:
                some = await reader.readexactly(min(left, 10_000))
                left -= len(some)
                writer.write(some)
                await writer.drain()
        elif line[0] == "half":
            writer.write(b"%d came\n" % len(await reader.read()))
        elif line[0] == "abort":
            return reset(writer)
        else:
            break
    writer.close()
    await writer.wait_closed()


async def serve():
    context = None
    if trust:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(trust[0])
    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def send(writer, data):
    for at in range(0, len(data), 50_000):
        writer.write(data[at : at + 50_000])
        await writer.drain()


async def ask():
    options = {"ssl": ssl.create_default_context(cafile=trust[0]), "server_hostname": "localhost"} if trust else {}
    connect = lambda: asyncio.open_connection("127.0.0.1", port, **options)
    reader, writer = await connect()
    for n in (0, 1, 16_384, 100_003, 5_000_000):
        data = pattern(n)
        writer.write(b"echo %d\n" % n)
        sender = asyncio.create_task(send(writer, data))
        assert await reader.readexactly(n) == data
        await sender
    writer.write(b"quit\n")
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    if not trust:  # asyncio cannot end one direction under TLS
        reader, writer = await connect()
        writer.write(b"half\n" + pattern(70_000))
        writer.write_eof()
        assert await reader.read() == b"70000 came\n"
        writer.close()
    reader, writer = await connect()
    writer.write(b"abort\n")
    try:
        await reader.read()
        assert False, "no reset came"
    except ConnectionResetError:
        pass
    reader, writer = await connect()
    writer.write(b"echo 1000000\n" + pattern(100_000))
    await reader.readexactly(1)
    reset(writer)
    print("all is well")


asyncio.run(serve() if role == "server" else ask())
