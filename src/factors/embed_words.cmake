# cmake -DWORDS=<file> -DOUT=<file.cc> -P embed_words.cmake: the list of common passwords, as code.
file(READ "${WORDS}" text)
file(WRITE "${OUT}" "#include \"factors/common_passwords.h\"\n\nnamespace strongroom {\n\nstd::string_view CommonPasswordsText() {\n  return R\"strongroom_words(${text})strongroom_words\";\n}\n\n}  // namespace strongroom\n")
