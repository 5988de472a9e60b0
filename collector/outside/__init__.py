"""What `collector check --outside` asks from elsewhere: do the names and ports of the Internet lead here?"""
