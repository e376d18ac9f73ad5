[network]
forward=rdp sunshine:127.0.0.1
forward=udp:47998-48000:1-3
forward=tcp:127.0.0.1:80:80 ssh
